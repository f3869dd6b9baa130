//! Files of Label Studio.

use super::*;

fn link(from: &str, to: &str, labels: Value) -> Value {
    json!({"type": "relation", "from_id": from, "to_id": to, "direction": "right", "labels": labels})
}

#[test]
fn label_studio_counts_utf16_units_also_where_no_text_is_said() {
    let place = Place::new();
    let spans = [("a", "text", 6, 10, None), ("b", "text", 15, 17, None)];
    place.write("in.json", &json!([task("🎻🎻🎻Lind met Bo today.", &spans)]));
    assert_eq!(names(&converted(&place, "in.json", &[]).0[0]), ["Lind", "Bo"]);
    // docre's own export counts so, too.
    place.run(&["convert", "in.json", "back.json", "--to", "label-studio"]).succeeds();
    assert_eq!(names(&converted(&place, "back.json", &[]).0[0]), ["Lind", "Bo"]);
}

#[test]
fn label_studio_spans_are_of_the_text_that_they_name() {
    let place = Place::new();
    let spans = [("t", "title", 0, 4, None), ("a", "text", 0, 3, None), ("b", "text", 8, 10, None)];
    let mut both = task("Ida met Bo.", &spans);
    both["data"]["title"] = "Lind again".into();
    let result = both["annotations"][0]["result"].as_array_mut().unwrap();
    result.extend([link("a", "b", json!(["met"])), link("t", "a", json!(["is"]))]);
    place.write("in.json", &json!([both]));
    let (documents, said) = converted(&place, "in.json", &[]);
    assert_eq!(names(&documents[0]), ["Ida", "Bo"]);
    assert_eq!(documents[0]["labels"].as_array().unwrap().len(), 1);
    assert!(said.contains("1  spans of other texts: title 1"), "{said}");
    assert!(said.contains("1  relations of spans that are no mentions"), "{said}");

    // Another key, told by what the spans say, or by the user.
    let mut other = task("", &[("a", "label", 0, 3, Some("Ida"))]);
    other["data"] = json!({"Body": "Ida left.", "source": "wire"});
    place.write("in.json", &json!([other]));
    assert_eq!(names(&converted(&place, "in.json", &[]).0[0]), ["Ida"]);
    other["annotations"] = json!([{"result": []}]);
    place.write("in.json", &json!([other]));
    place.run(&["stats", "in.json"]).refuses(&["several (Body, source)"]);
    place.run(&["stats", "in.json", "--text-key", "Body"]).succeeds();
}

#[test]
fn label_studio_exports_of_all_ages_are_read() {
    let place = Place::new();
    let spans = [("a", "text", 0, 3, Some("Ida")), ("b", "text", 8, 10, Some("Bo"))];
    let mut old = task("Ida met Bo.", &spans);
    old["completions"] = old["annotations"].take();
    old.as_object_mut().unwrap().remove("annotations");
    let mut ids = task("Ida met Bo.", &spans);
    ids["predictions"] = json!([286]);
    let result = ids["annotations"][0]["result"].as_array_mut().unwrap();
    result.extend([link("a", "b", json!([])), link("a", "b", json!(["met"]))]);
    result.push(json!({"id": "a", "type": "labels", "to_name": "text", "from_name": "role",
        "value": {"start": 0, "end": 3, "text": "Ida", "labels": ["Head"]}}));
    place.write("in.json", &json!([old, ids]));
    let (documents, said) = converted(&place, "in.json", &[]);
    assert_eq!([names(&documents[0]), names(&documents[1])], [["Ida", "Bo"]; 2]);
    assert_eq!(documents[1]["labels"].as_array().unwrap().len(), 1);
    assert!(said.contains("1  relations without a label"), "{said}");
    assert!(said.contains("1  entity types beside the main one"), "{said}");
}

#[test]
fn label_studio_annotations_are_chosen() {
    let place = Place::new();
    let spans = [("a", "text", 0, 3, Some("Ida")), ("b", "text", 8, 10, Some("Bo"))];
    let mut several = task("Ida met Bo.", &spans);
    let whole = several["annotations"][0]["result"].clone();
    several["annotations"] = json!([{"result": whole, "was_cancelled": true},
        {"result": [whole[0]]}, {"result": whole, "ground_truth": true}]);
    place.write("in.json", &json!([several]));
    let (documents, said) = converted(&place, "in.json", &[]);
    assert_eq!(names(&documents[0]), ["Ida", "Bo"]);
    assert!(said.contains("1  skipped annotations of a text"), "{said}");
    assert!(said.contains("1  further annotations of a text"), "{said}");
}

#[test]
fn label_studio_of_other_media_is_refused() {
    let place = Place::new();
    let mut html = task("<p>Ida</p>", &[]);
    html["annotations"][0]["result"] = json!([{"id": "a", "type": "hypertextlabels",
        "value": {"start": "/p[1]", "end": "/p[1]", "hypertextlabels": ["PER"]}}]);
    place.write("in.json", &json!([html]));
    place.run(&["stats", "in.json"]).refuses(&["a span of HTML", "hypertextlabels"]);
    for address in ["https://example.org/a.txt", "/data/upload/3/a.txt", "report_3.TXT"] {
        place.write("in.json", &json!([task(address, &[("a", "text", 0, 3, Some("Ida"))])]));
        place.run(&["stats", "in.json"]).refuses(&["data.text: is the address of a text"]);
    }
}

#[test]
fn label_studio_predictions_are_counted_where_they_are_not_read() {
    let place = Place::new();
    let spans = [("a", "text", 0, 3, Some("Ida")), ("b", "text", 8, 10, Some("Bo"))];
    let mut predicted = task("Ida met Bo.", &spans);
    let result = predicted["annotations"][0]["result"].as_array_mut().unwrap();
    result.push(link("a", "b", json!(["met"])));
    let both = predicted.clone();
    predicted["predictions"] = predicted["annotations"].take();
    predicted["annotations"] = json!([]);
    place.write("in.json", &json!([predicted]));
    let (documents, said) = converted(&place, "in.json", &[]);
    assert_eq!(names(&documents[0]), ["Ida", "Bo"]);
    assert!(documents[0].get("labels").is_none());
    assert!(said.contains("annotations of other kinds: relation of a prediction 1"), "{said}");

    let mut both = both;
    both["predictions"] = json!([{"result": []}, {"result": []}]);
    place.write("in.json", &json!([both]));
    let (documents, said) = converted(&place, "in.json", &[]);
    assert_eq!(documents[0]["labels"].as_array().unwrap().len(), 1);
    assert!(said.contains("annotations of other kinds: prediction 2"), "{said}");
}

#[test]
fn label_studio_spans_without_a_label_have_no_type() {
    let place = Place::new();
    let mut bare = task("Ida met Bo.", &[("a", "text", 0, 3, Some("Ida"))]);
    bare["annotations"][0]["result"][0]["value"]["labels"] = json!([]);
    place.write("in.json", &json!([bare]));
    let said = place.run(&["stats", "in.json"]).succeeds().stdout;
    assert!(said.contains("(none)"), "{said}");
}

#[test]
fn label_studio_places_may_have_a_fraction_of_nothing() {
    let place = Place::new();
    let mut frame = task("Ida met Bo.", &[("a", "text", 0, 3, Some("Ida"))]);
    let value = &mut frame["annotations"][0]["result"][0]["value"];
    (value["start"], value["end"]) = (json!(0.0), json!(3.0));
    place.write("in.json", &json!([frame]));
    assert_eq!(names(&converted(&place, "in.json", &[]).0[0]), ["Ida"]);
    frame["annotations"][0]["result"][0]["value"]["end"] = json!(2.5);
    place.write("in.json", &json!([frame]));
    place.run(&["stats", "in.json"]).refuses(&["value.end: should be a whole number"]);
}
