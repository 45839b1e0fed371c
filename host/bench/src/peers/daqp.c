// Times DAQP on one family from inside: `daqp FILE REPEATS cold|warm`.
// Prints for each problem: exit flag, iterations, seconds of the fastest repeat, and the point.
#include "api.h"
#include "utils.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static c_float *numbers(FILE *file, size_t count) {
    c_float *out = malloc((count + 1) * sizeof *out);
    for (size_t i = 0; i < count; i++) {
        double value;
        if (fread(&value, sizeof value, 1, file) != 1) exit(2);
        out[i] = (c_float)value;
    }
    return out;
}

static double *fastest;
static int *flags, *iterations;
static c_float *points;

static void note(int k, int n, double seconds, int first, const DAQPResult *result) {
    if (first || seconds < fastest[k]) fastest[k] = seconds;
    if (first) {
        flags[k] = result->exitflag;
        iterations[k] = result->iter;
        memcpy(points + (size_t)k * n, result->x, (size_t)n * sizeof *points);
    }
}

int main(int argc, char **argv) {
    int32_t head[5];
    FILE *file = argc == 4 ? fopen(argv[1], "rb") : NULL;
    if (!file || fread(head, sizeof head, 1, file) != 1) return 2;
    const int n = head[0], m = head[1], ms = head[2], count = head[3], own = head[4];
    const int repeats = atoi(argv[2]), warm = !strcmp(argv[3], "warm");
    DAQPProblem *problems = calloc((size_t)count, sizeof *problems);
    int *sense = calloc((size_t)m, sizeof *sense);
    for (int k = 0; k < count; k++) {
        DAQPProblem *p = &problems[k];
        if (k == 0 || own) {
            p->H = numbers(file, (size_t)n * n);
            p->A = numbers(file, (size_t)(m - ms) * n);
        } else {
            p->H = problems[0].H;
            p->A = problems[0].A;
        }
        p->f = numbers(file, n);
        p->blower = numbers(file, m);
        p->bupper = numbers(file, m);
        p->n = n, p->m = m, p->ms = ms, p->sense = sense;
    }
    fastest = calloc(count, sizeof *fastest);
    flags = calloc(count, sizeof *flags);
    iterations = calloc(count, sizeof *iterations);
    points = calloc((size_t)count * n, sizeof *points);
    c_float *x = calloc(n, sizeof *x), *lam = calloc(m, sizeof *lam);
    const int vectors = DAQP_UPDATE_v | DAQP_UPDATE_d;
    const int everything = vectors | DAQP_UPDATE_Rinv | DAQP_UPDATE_M | DAQP_UPDATE_sense |
                           DAQP_UPDATE_unconstrained | DAQP_UPDATE_eliminate;
    // Its one-shot way for cold problems, with the memory that it takes each time.
    for (int r = 0; r < repeats && !warm; r++) {
        for (int k = 0; k < count; k++) {
            DAQPResult result = {.x = x, .lam = lam};
            double begin = now();
            daqp_quadprog(&result, &problems[k], NULL);
            note(k, n, now() - begin, r == 0, &result);
        }
    }
    // Its way for sequences; for cold problems too, with all data new in a workspace that is kept: the faster counts.
    for (int r = 0; r < repeats; r++) {
        DAQPWorkspace work;
        DAQPResult result = {.x = x, .lam = lam};
        memset(&work, 0, sizeof work);
        if (setup_daqp(&problems[0], &work, NULL) < 0) return 3;
        for (int k = 0; k < count; k++) {
            double begin = now();
            result.exitflag = daqp_update_ldp(warm ? vectors : everything, &work, &problems[k]);
            if (result.exitflag >= 0) daqp_solve(&result, &work);
            double seconds = now() - begin;
            if (warm || result.exitflag == flags[k]) note(k, n, seconds, warm && r == 0, &result);
        }
        free_daqp_workspace(&work);
        free_daqp_ldp(&work);
    }
    for (int k = 0; k < count; k++) {
        printf("%d %d %.9e", flags[k], iterations[k], fastest[k]);
        for (int i = 0; i < n; i++) printf(" %.17g", (double)points[(size_t)k * n + i]);
        printf("\n");
    }
    return 0;
}
