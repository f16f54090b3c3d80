/* A disk that takes its time: what asks it to make something durable waits at least so many
 * microseconds (SLOW_DISK) for the answer. Several may wait at once. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

typedef int sync_call(int);

static struct timespec due_after_now(void) {
    const char *text = getenv("SLOW_DISK");
    long micros = text ? atol(text) : 0;
    struct timespec due;
    clock_gettime(CLOCK_MONOTONIC, &due);
    due.tv_sec += micros / 1000000;
    due.tv_nsec += micros % 1000000 * 1000;
    if (due.tv_nsec >= 1000000000) {
        due.tv_sec += 1;
        due.tv_nsec -= 1000000000;
    }
    return due;
}

static int slowly(const char *name, int file) {
    struct timespec due = due_after_now();
    sync_call *really = (sync_call *)dlsym(RTLD_NEXT, name);
    int result = really(file);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) != 0) {
    }
    return result;
}

int fsync(int file) { return slowly("fsync", file); }

int fdatasync(int file) { return slowly("fdatasync", file); }
