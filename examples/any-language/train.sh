#!/bin/sh
# Minimizes x^4/4 - x from x = 0 by gradient descent: sh train.sh --lr 0.1 --steps 100
set -eu

while [ $# -gt 0 ]; do
  case $1 in
    --lr) lr=$2 ;;
    --steps) steps=$2 ;;
    *) echo "unknown option $1" >&2; exit 2 ;;
  esac
  shift 2
done

echo "--- RESULTS ---"
awk -v lr="$lr" -v steps="$steps" 'BEGIN {
  for (step = 0; step < steps; step++) x -= lr * (x ^ 3 - 1)
  printf "{\"x\": %.6g, \"loss\": %.6g}\n", x, x ^ 4 / 4 - x
}'
echo "--- END RESULTS ---"
