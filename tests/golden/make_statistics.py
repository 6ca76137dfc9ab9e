#!/usr/bin/env python3
"""Computes statistics.tsv with SciPy (1.15): tables that the program's own statistics are held against.

Each line: kind, its input, a colon, its output; numbers with 17 digits. Usage: make_statistics.py > statistics.tsv
"""
import math
import random

from scipy import stats

TABLES = [
    [(100, 10), (100, 20)], [(1000, 100), (1000, 130)], [(50, 5), (45, 5)], [(10, 5), (10, 6)],
    [(1, 1), (1, 0)], [(2, 1), (1000000, 1)], [(7, 3), (9, 4)],
    [(10**9, 10**6), (10**9, 10**6 + 5000)], [(10**9, 1), (10**9, 2)], [(10**6, 999999), (10**6, 999000)],
    [(10**7, 10**5), (10**7, 2 * 10**5)],
    [(100, 10), (110, 20), (90, 12)], [(500, 250), (500, 251), (500, 249), (500, 250)],
    [(1000, 5), (1000, 9), (2000, 11), (4000, 30), (10, 1)],
]
GOODNESS = [
    ([100, 100], [1, 1]), ([5000, 5200], [1, 1]), ([10, 20, 70], [1, 2, 7]), ([1, 0], [1, 1]),
    ([10**9, 10**9 + 100000], [1, 1]), ([900, 100], [0.9, 0.1]), ([3, 1000], [0.001, 0.999]), ([0, 7, 3], [1, 1, 1]),
]


def line(kind, inputs, outputs):
    print(kind, *inputs, ":", *(f"{value:.17g}" for value in outputs), sep="\t")


def random_tables():
    dice = random.Random(20261121)
    for _ in range(60):
        arms = dice.choice([2, 2, 2, 3, 5])
        yield [(n, dice.randint(1, n - 1)) for n in (int(10 ** dice.uniform(0.5, 7)) + 2 for _ in range(arms))]


def independence(table):
    counts = [[successes for _, successes in table], [trials - successes for trials, successes in table]]
    flat = [number for arm in table for number in arm]
    for kind, correction in [("pearson", False), ("yates", True)]:
        if correction and len(table) != 2:
            continue
        found = stats.chi2_contingency(counts, correction=correction)
        line(kind, flat, [found.statistic, found.dof, found.pvalue])


def intervals(table):
    z = stats.norm.isf(0.025)
    (control_n, control_x) = table[0]
    for n, x in table:
        interval = stats.binomtest(x, n).proportion_ci(0.95, method="wilson")
        line("wilson", [n, x], [interval.low, interval.high])
    for n, x in table[1:]:
        if not x or not control_x:
            continue
        ratio = (x / n) / (control_x / control_n)
        reach = z * math.sqrt(1 / x - 1 / n + 1 / control_x - 1 / control_n)
        line("lift", [control_n, control_x, n, x], [ratio - 1, math.expm1(math.log(ratio) - reach), math.expm1(math.log(ratio) + reach)])


def main():
    for table in [*TABLES, *random_tables()]:
        independence(table)
        intervals(table)
    for n, x in [(10, 0), (10, 10), (1, 0), (1, 1), (10**9, 0), (10**9, 10**9)]:
        interval = stats.binomtest(x, n).proportion_ci(0.95, method="wilson")
        line("wilson", [n, x], [interval.low, interval.high])
    for counts, weights in GOODNESS:
        total = sum(counts)
        expected = [total * weight / sum(weights) for weight in weights]
        found = stats.chisquare(counts, expected)
        line("goodness", [*counts, *weights], [found.statistic, len(counts) - 1, found.pvalue])


main()
