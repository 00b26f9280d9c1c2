/// How accounts are written down as text.
enum RowFormat: String, CaseIterable {
  case jsonl, csv
  /// One document with a list in it; only to be read.
  case json
}
