"""Asks a service for facts from many clients at once, and says how fast and how right it answers.

    python3 bench/serve_load.py texts.jsonl --url http://127.0.0.1:8642/v1/extract \
        --clients 1000 --requests 20000 --expected facts.jsonl

`texts.jsonl` has an object with "title" and "text" a line; requests take them in turn, in an order of
the seed. `facts.jsonl` is what `docre extract texts.jsonl --json` prints: each answer is compared with
it. With `--documents` the lines are documents in DocRED's form, each sent as `--body` says. Nothing but
Python is needed.
"""

import argparse
import asyncio
import json
import random
import time
from collections import Counter
from urllib.parse import urlsplit


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("texts")
    parser.add_argument("--url", default="http://127.0.0.1:8642/v1/extract")
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--expected", help="facts that docre extract prints, to compare with")
    parser.add_argument("--documents", action="store_true", help="documents in DocRED's form, not texts")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


class Client:
    """A connection that is kept."""

    def __init__(self, url):
        self.parts = urlsplit(url)
        self.reader = self.writer = None

    async def post(self, body):
        """Status, headers and body of the answer."""
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.parts.hostname, self.parts.port)
        head = (
            f"POST {self.parts.path} HTTP/1.1\r\nHost: {self.parts.netloc}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.writer.write(head.encode() + body)
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
        answer = await self.reader.readexactly(int(headers["content-length"]))
        if headers.get("connection") == "close":
            self.writer.close()
            self.writer = None
        return int(lines[0].split(" ")[1]), headers, answer


def is_right(answer, expected, documents):
    """Whether an answer is what docre extract prints, beside the text."""
    found = json.loads(answer)
    found = found["results"][0] if documents else found
    found.pop("text", None)
    return found == expected


async def work(client, jobs, results, options):
    while jobs:
        body, expected = jobs.pop()
        begun = time.perf_counter()
        while True:
            status, headers, answer = await client.post(body)
            results["statuses"][status] += 1
            if status != 429:
                break
            await asyncio.sleep(float(headers["retry-after"]))
        results["seconds"].append(time.perf_counter() - begun)
        results["wrong"] += expected is not None and not is_right(answer, expected, options.documents)


async def run(options):
    lines = [json.loads(line) for line in open(options.texts, encoding="utf-8")]
    expected = [None] * len(lines)
    if options.expected:
        expected = [json.loads(line) for line in open(options.expected, encoding="utf-8")]
    bodies = [json.dumps([line] if options.documents else line).encode() for line in lines]
    both = list(zip(bodies, expected, strict=True))
    jobs = [both[number % len(both)] for number in range(options.requests)]
    random.Random(options.seed).shuffle(jobs)
    results = {"statuses": Counter(), "seconds": [], "wrong": 0}
    begun = time.perf_counter()
    clients = [Client(options.url) for _ in range(options.clients)]
    await asyncio.gather(*(work(client, jobs, results, options) for client in clients))
    took = time.perf_counter() - begun
    seconds = sorted(results["seconds"])
    quantile = lambda share: round(seconds[min(int(len(seconds) * share), len(seconds) - 1)], 3)
    print(json.dumps({
        "clients": options.clients,
        "answered": len(seconds),
        "statuses": dict(results["statuses"]),
        "wrong": results["wrong"] if options.expected else "not compared",
        "seconds": round(took, 2),
        "per_second": round(len(seconds) / took, 2),
        "p50": quantile(0.5),
        "p99": quantile(0.99),
    }))


asyncio.run(run(arguments()))
