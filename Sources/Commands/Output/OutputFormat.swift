/// The forms in which a result is printed.
enum OutputFormat: String, CaseIterable {
  case table, json, jsonl, csv, tsv
}
