/** What a distribution will draw, as a small picture. */

import { number } from "../../format";
import { histogram, said, type Distribution } from "../../space";

const WIDTH = 132;
const HEIGHT = 34;
const MOST = 24;

export function Bars({ of }: { of: Distribution }) {
  const bars = histogram(of).slice(0, MOST);
  const top = Math.max(...bars.map((bar) => bar.share), 0.0001);
  const step = WIDTH / bars.length;
  return (
    <svg className="bars" width={WIDTH} height={HEIGHT} role="img" aria-label={said(of)}>
      {bars.map((bar, at) => {
        const height = Math.max(1, (bar.share / top) * (HEIGHT - 2));
        return <rect key={at} x={at * step + 0.5} y={HEIGHT - height} width={Math.max(1, step - 1)} height={height}><title>{`${bar.label}: ${number(bar.share * 100, 2)} %`}</title></rect>;
      })}
    </svg>
  );
}
