"""How extraction over many cores scales: a simulation with stragglers, failures and a driver that gives
out one block after another. Prints the table of docs/scale.md.

    python bench/scale_simulate.py --seconds 0.1 --dispatch 0.005

A worker takes a block, reads it at its own speed, and asks for the next. The driver needs some time for
each block, in which it gives out no other. Workers start one after another as the driver gets them
running, each loads its model, and each fails now and then: the block in hand is given out anew, and the
worker starts again. Only the standard library is needed.
"""

from __future__ import annotations

import argparse
import heapq
import random
from dataclasses import dataclass

CORES = (10, 100, 1_000, 3_000, 10_000)
BLOCKS = (32, 256)
HOUR = 3_600.0


@dataclass(frozen=True)
class World:
    """What the simulation takes as given.

    Attributes:
        documents: How many there are.
        seconds: The mean time of a document on one core.
        spread: The standard deviation of a block's time, as a share of a document's per root of its
            number of documents.
        dispatch: The driver's time for a block.
        start: The time until a started worker reads.
        starts: How many workers the driver starts a second.
        failures: Failures of a worker an hour.
        slow: The share of workers that are slow, and how slow.
    """

    documents: int
    seconds: float
    spread: float
    dispatch: float
    start: float
    starts: float
    failures: float
    slow: tuple[float, float]


@dataclass(frozen=True)
class Outcome:
    """What a simulation gives: the hours it took, the share of the cores' time that read documents,
    and the blocks that were lost and done again."""

    hours: float
    efficiency: float
    lost: int


def simulate(world: World, cores: int, block: int, seed: int) -> Outcome:
    """All documents in blocks on so many cores."""
    draw = random.Random(seed)
    share, factor = world.slow
    speed = [factor if draw.random() < share else draw.gauss(1.0, 0.05) for _ in range(cores)]
    left = -(-world.documents // block)
    # When each worker asks for a block.
    asking = [(worker / world.starts + world.start, worker) for worker in range(cores)]
    heapq.heapify(asking)
    driver = end = useful = 0.0
    lost = 0
    while left:
        asked, worker = heapq.heappop(asking)
        driver = max(driver, asked) + world.dispatch
        mean = block * world.seconds
        took = max(0.2 * mean, draw.gauss(mean, world.seconds * world.spread * block**0.5))
        took /= speed[worker]
        fails = draw.expovariate(world.failures / HOUR) if world.failures else float("inf")
        if fails < took:
            lost += 1
            heapq.heappush(asking, (driver + fails + world.start, worker))
            continue
        left -= 1
        useful += mean
        end = max(end, driver + took)
        heapq.heappush(asking, (driver + took, worker))
    return Outcome(end / HOUR, useful / (cores * end), lost)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=6_800_000)
    parser.add_argument("--seconds", type=float, required=True, help="of a document on a core")
    parser.add_argument("--dispatch", type=float, required=True, help="the driver's time for a block")
    parser.add_argument("--start", type=float, default=8.0, help="until a worker reads")
    parser.add_argument("--price", type=float, nargs="*", default=[0.04, 0.015], help="a core hour")
    parser.add_argument("--seed", type=int, default=66)
    options = parser.parse_args()
    print("| cores | documents a block | hours | core hours | of the cores' time read | blocks lost |"
          + "".join(f" at ${price} |" for price in options.price))
    print("|--:|--:|--:|--:|--:|--:|" + "--:|" * len(options.price))
    for cores in CORES:
        for block in BLOCKS:
            world = World(
                documents=options.documents, seconds=options.seconds, spread=1.0,
                dispatch=options.dispatch, start=options.start, starts=50.0, failures=1 / 500,
                slow=(0.05, 0.5),
            )
            outcome = simulate(world, cores, block, options.seed)
            hours = outcome.hours * cores
            costs = "".join(f" ${hours * price:,.0f} |" for price in options.price)
            print(f"| {cores:,} | {block} | {outcome.hours:.2f} | {hours:,.0f} | "
                  f"{100 * outcome.efficiency:.0f} % | {outcome.lost} |{costs}")


if __name__ == "__main__":
    main()
