"""Facts in each form of graphs, as rdflib, pyoxigraph, networkx, pandas and pyarrow read them: as
many as docre's JSON has, with the same scores, places and evidence.

The documents are those of the corpus, three times, so that titles repeat. The test `every_form_is_kept`
(`crates/docre/tests/graph_outputs`) writes them.
"""

import json
import pathlib
import re
import struct
import sys
import time
import urllib.parse

import networkx
import pandas
import pyarrow.feather
import pyarrow.parquet
import pyoxigraph
import rdflib

DOCRE = "urn:docre:vocabulary:"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"


def single(score):
    """A score as the 32 bits that docre keeps of it."""
    return struct.unpack("f", struct.pack("f", score))[0]


def title(name):
    """A document's title without the number of a repeated one."""
    return re.sub(r" \(\d+\)$", "", name)


def fact(document, head, relation, tail, score, head_span, tail_span, evidence):
    span = lambda places: tuple(map(int, places)) if places else None
    return (title(document), head, relation, tail, single(float(score)), span(head_span), span(tail_span), tuple(sorted(map(int, evidence))))


def of_json(path):
    """What docre writes as JSON lines, one object a document."""
    facts, entities = [], 0
    for line in path.open():
        document = json.loads(line)
        entities += len(document["entities"])
        for found in document["facts"]:
            head, tail = found["head"], found["tail"]
            facts.append(fact(document["title"], head["name"], found["relation"]["name"], tail["name"], found["score"], head.get("span"), tail.get("span"), found["evidence"]))
    return facts, entities


def of_supports(head, relation, tail, supports):
    for one in json.loads(supports):
        yield fact(one["document"], head, relation, tail, one["score"], one.get("head"), one.get("tail"), [evidence["sentence"] for evidence in one["evidence"]])


def of_triples(triples):
    """What is said in RDF: subjects, predicates and objects as texts, or as three texts."""
    said = {}
    for subject, predicate, value in triples:
        said.setdefault(subject, {}).setdefault(predicate, []).append(value)
    one = lambda subject, name: said[subject][name][0] if name in said.get(subject, {}) else None
    facts = []
    for statement, about in list(said.items()):
        if DOCRE + "support" not in about:
            continue
        reified = one(statement, RDF + "reifies")
        ends = reified or [one(statement, RDF + part) for part in ("subject", "predicate", "object")]
        head, relation, tail = (one(iri, LABEL) for iri in ends)
        for support in about[DOCRE + "support"]:
            number = lambda name: one(support, DOCRE + name)
            span = lambda end: number(end + "Start") and (int(number(end + "Start")), int(number(end + "End")))
            document = urllib.parse.unquote(number("document").removeprefix("urn:docre:document/"))
            evidence = [int(one(iri, DOCRE + "sentence")) for iri in said[support].get(DOCRE + "evidence", [])]
            facts.append(fact(document, head, relation, tail, number("score"), span("head"), span("tail"), evidence))
    entities = sum(subject.startswith("urn:docre:entity/") and RDF + "type" in about for subject, about in said.items())
    return facts, entities


def with_rdflib(path, form):
    dataset = rdflib.Dataset()
    dataset.parse(path, format=form)
    return of_triples({tuple(str(part) for part in quad[:3]) for quad in dataset.quads()})


def with_oxigraph(path, form):
    plain = lambda term: tuple(plain(part) for part in (term.subject, term.predicate, term.object)) if isinstance(term, pyoxigraph.Triple) else term.value
    quads = pyoxigraph.parse(path=str(path), format=form)
    return of_triples({(plain(quad.subject), plain(quad.predicate), plain(quad.object)) for quad in quads})


def with_networkx(path):
    graph = networkx.read_graphml(path, force_multigraph=True)
    names = networkx.get_node_attributes(graph, "name")
    facts = [fact for head, tail, data in graph.edges(data=True) for fact in of_supports(names[head], data["relation_name"], names[tail], data["supports"])]
    return facts, len(names)


def with_pandas(folder):
    read = lambda name: pandas.read_csv(folder / name, keep_default_na=False, dtype=str)
    nodes, edges = read("nodes.csv"), read("relationships.csv")
    names = dict(zip(nodes["key:ID"], nodes["name"]))
    facts = [fact for row in edges.to_dict("records") for fact in of_supports(names[row[":START_ID"]], row["relation_name"], names[row[":END_ID"]], row["supports"])]
    return facts, len(nodes)


def of_rows(rows):
    facts = []
    for row in rows:
        span = lambda end: None if row[end + "_start"] is None else (row[end + "_start"], row[end + "_end"])
        facts.append(fact(row["document"], row["head"], row["relation_name"], row["tail"], row["score"], span("head"), span("tail"), row["evidence"]))
    return facts, None


def readers(folder):
    """Each form, its reader, and what it reads."""
    turtle, n_quads, json_ld = folder / "turtle", folder / "n-quads", folder / "json-ld"
    formats = pyoxigraph.RdfFormat
    yield "turtle", "rdflib", lambda: with_rdflib(turtle, "turtle")
    yield "turtle", "pyoxigraph", lambda: with_oxigraph(turtle, formats.TURTLE)
    yield "turtle-star", "pyoxigraph", lambda: with_oxigraph(folder / "turtle-star", formats.TURTLE)
    yield "n-quads", "rdflib", lambda: with_rdflib(n_quads, "nquads")
    yield "n-quads", "pyoxigraph", lambda: with_oxigraph(n_quads, formats.N_QUADS)
    yield "n-quads-star", "pyoxigraph", lambda: with_oxigraph(folder / "n-quads-star", formats.N_QUADS)
    yield "json-ld", "rdflib", lambda: with_rdflib(json_ld, "json-ld")
    yield "json-ld", "pyoxigraph", lambda: with_oxigraph(json_ld, formats.JSON_LD)
    yield "graphml", "networkx", lambda: with_networkx(folder / "graphml")
    yield "neo4j", "pandas", lambda: with_pandas(folder / "neo4j")
    yield "parquet", "pandas", lambda: of_rows(pandas.read_parquet(folder / "parquet", dtype_backend="pyarrow").astype(object).where(lambda table: table.notna(), None).to_dict("records"))
    yield "parquet", "pyarrow", lambda: of_rows(pyarrow.parquet.read_table(folder / "parquet").to_pylist())
    yield "arrow", "pyarrow", lambda: of_rows(pyarrow.feather.read_table(folder / "arrow").to_pylist())


def main():
    folder = pathlib.Path(sys.argv[1])
    expected, entities = of_json(folder / "json")
    documents = sum(1 for _ in (folder / "json").open())
    print(f"{documents} documents, {entities} entities, {len(expected)} facts")
    failed = 0
    for form, reader, read in readers(folder):
        begun = time.time()
        facts, nodes = read()
        same = sorted(facts, key=repr) == sorted(expected, key=repr) and nodes in (entities, None)
        failed += not same
        print(f"{form:<14}{reader:<12}{len(facts):>7} facts {nodes or '':>7} {'equal' if same else 'DIFFERENT'}  {time.time() - begun:.1f} s")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
