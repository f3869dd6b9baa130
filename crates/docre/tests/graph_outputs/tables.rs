//! Tables: Neo4j's, the script for it, JSON lines, and columns.

use std::collections::HashMap;

use docre::output::graph::{GraphEdge, GraphNode, Support};

use super::{Known, Written, of_support};

/// The rows of a table, by the names of its columns.
fn rows(path: &std::path::Path) -> Vec<HashMap<String, String>> {
    csv::Reader::from_path(path).unwrap().deserialize().map(Result::unwrap).collect()
}

#[test]
fn tables_for_neo4j_come_back() {
    let written = Written::new("neo4j");
    let nodes = rows(&written.path().join("nodes.csv"));
    assert_eq!(nodes.len(), written.entities);
    let names: HashMap<&String, &String> =
        nodes.iter().map(|node| (&node["key:ID"], &node["name"])).collect();
    assert_eq!(names.len(), nodes.len(), "keys are unique");
    assert!(nodes.iter().all(|node| node[":LABEL"].starts_with("Entity")));
    let facts = rows(&written.path().join("relationships.csv")).into_iter().map(|edge| -> Known {
        let supports: Vec<Support> = serde_json::from_str(&edge["supports"]).unwrap();
        let [head, tail] = [":START_ID", ":END_ID"].map(|end| names[&edge[end]]);
        assert_eq!(edge["score:double"].parse::<f32>().ok(), supports[0].score);
        assert!(!edge[":TYPE"].is_empty());
        of_support(head, &edge["relation"], tail, &supports[0])
    });
    written.equals(facts.collect());
}

#[test]
fn a_script_has_a_statement_for_each_node_and_edge() {
    let written = Written::new("cypher");
    let text = written.text();
    let count = |begin: &str| text.lines().filter(|line| line.starts_with(begin)).count();
    assert_eq!(count("MERGE (n:Entity {key: '"), written.entities);
    assert_eq!(count("MATCH (h:Entity {key: '"), written.facts.len());
    assert_eq!(text.lines().count(), 1 + written.entities + written.facts.len());
    assert!(text.lines().all(|line| line.ends_with(';')));
}

#[test]
fn lines_of_nodes_and_edges_come_back() {
    let written = Written::new("graph-json");
    let (mut nodes, mut facts) = (Vec::new(), Vec::new());
    for line in written.text().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        if let Some(node) = line.get("node") {
            nodes.push(serde_json::from_value::<GraphNode>(node.clone()).unwrap());
        } else {
            let edge: GraphEdge = serde_json::from_value(line["edge"].clone()).unwrap();
            let (head, tail) = (&edge.head.name, &edge.tail.name);
            facts.push(of_support(head, &edge.relation.id, tail, &edge.supports[0]));
        }
    }
    assert_eq!(nodes.len(), written.entities);
    written.equals(facts);
}

#[cfg(feature = "columns")]
mod columns {
    use std::fs::File;

    use arrow_array::cast::AsArray;
    use arrow_array::types::{Float32Type, Int32Type, Int64Type};
    use arrow_array::{Array, RecordBatch};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::{Known, Written};

    fn facts(batch: &RecordBatch) -> Vec<Known> {
        let text = |name: &str, row: usize| {
            batch.column_by_name(name).unwrap().as_string::<i32>().value(row).to_owned()
        };
        let place = |name: String, row: usize| {
            let column = batch.column_by_name(&name).unwrap().as_primitive::<Int64Type>();
            column.is_valid(row).then(|| usize::try_from(column.value(row)).unwrap())
        };
        let span = |end: &str, row: usize| {
            let places = ["start", "end"].map(|side| place(format!("{end}_{side}"), row));
            Some([places[0]?, places[1]?])
        };
        let fact = |row: usize| {
            let scores = batch.column_by_name("score").unwrap().as_primitive::<Float32Type>();
            let list = |name: &str| batch.column_by_name(name).unwrap().as_list::<i32>().value(row);
            let (numbers, texts) = (list("evidence"), list("evidence_text"));
            let (numbers, texts) = (numbers.as_primitive::<Int32Type>(), texts.as_string::<i32>());
            let mut evidence: Vec<(usize, String)> = (0..numbers.len())
                .map(|one| (numbers.value(one) as usize, texts.value(one).to_owned()))
                .collect();
            evidence.sort();
            let names = ["document", "head", "relation", "tail"].map(|name| text(name, row));
            let [document, head, relation, tail] = names;
            let (from, to) = (span("head", row), span("tail", row));
            (document, head, relation, tail, scores.value(row).to_bits(), from, to, evidence)
        };
        (0..batch.num_rows()).map(fact).collect()
    }

    #[test]
    fn parquet_comes_back() {
        let written = Written::new("parquet");
        let file = File::open(written.path()).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
        written.equals(reader.flat_map(|batch| facts(&batch.unwrap())).collect());
    }

    #[test]
    fn arrow_comes_back() {
        let written = Written::new("arrow");
        let file = File::open(written.path()).unwrap();
        let reader = arrow_ipc::reader::FileReader::try_new(file, None).unwrap();
        written.equals(reader.flat_map(|batch| facts(&batch.unwrap())).collect());
    }
}
