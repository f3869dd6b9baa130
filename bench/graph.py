#!/usr/bin/env python3
"""How well `docre graph` joins the entities of DWIE's documents.

    bench/graph.py DWIE/annos_with_content [--program target/release/docre]

The entities are given and their Wikipedia links are taken away; afterwards each pair of linked
entities counts: is it one node, and is it one link? Beside it stand the same numbers for joining by
name alone (the first mention's, without case) and by name and type. Nothing is fitted to the
documents; the two halves (files of even and of odd places) show how much the numbers vary.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import tempfile

TYPES = ["person", "organization", "location", "event", "misc", "ethnicity", "language", "time", "role", "money"]


def read(folder):
    """Each file's annotations without links, and for each of its entities name, type and link."""
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        document = json.loads(path.read_text())
        first = {}
        for mention in document["mentions"]:
            known = first.get(mention["concept"])
            if known is None or mention["begin"] < known["begin"]:
                first[mention["concept"]] = mention
        entities = []
        for concept in document["concepts"]:
            link = concept.pop("link", None)
            mention = first.get(concept["concept"])
            if mention and link:
                tags = [tag.removeprefix("type::") for tag in concept["tags"] or []]
                kind = next((kind for kind in TYPES if kind in tags), "")
                place = (document["id"], mention["begin"], mention["end"])
                entities.append((place, mention["text"].lower(), kind, link))
        yield path.name, document, entities


def pairs(groups):
    return sum(count * (count - 1) // 2 for count in collections.Counter(groups).values())


def scores(nodes, links):
    """Precision, recall and F1 over pairs of entities."""
    both = pairs(zip(nodes, links))
    precision, recall = both / pairs(nodes), both / pairs(links)
    return precision, recall, 2 * precision * recall / (precision + recall)


def joined(program, documents, work):
    """The node of each place that is mentioned."""
    folder = work / "documents"
    folder.mkdir()
    for name, document, _ in documents:
        (folder / name).write_text(json.dumps(document))
    output = work / "nodes.graphjson"
    subprocess.run([program, "graph", work / "dwie.graph", folder, "--output", output], check=True, stdout=subprocess.DEVNULL)
    node_of = {}
    for line in output.open():
        if node := json.loads(line).get("node"):
            for mention in node["mentions"]:
                node_of[(mention["document"], *mention["span"])] = node["key"]
    return node_of


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--program", default="target/release/docre")
    options = parser.parse_args()
    documents = list(read(options.folder))
    print(f"{'documents':<12}{'joined by':<16}{'precision':>10}{'recall':>8}{'F1':>8}")
    for part, some in [("even half", documents[0::2]), ("odd half", documents[1::2]), ("all", documents)]:
        entities = [entity for _, _, of in some for entity in of]
        links = [link for *_, link in entities]
        with tempfile.TemporaryDirectory() as work:
            node_of = joined(options.program, some, pathlib.Path(work))
        ways = {
            "name": [name for _, name, _, _ in entities],
            "name and type": [(name, kind) for _, name, kind, _ in entities],
            "docre graph": [node_of[place] for place, *_ in entities],
        }
        for way, nodes in ways.items():
            numbers = "".join(f"{100 * score:>9.2f}" for score in scores(nodes, links))
            print(f"{part:<12}{way:<16}{numbers}")


if __name__ == "__main__":
    main()
