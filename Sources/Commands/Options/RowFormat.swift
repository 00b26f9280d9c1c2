/// The text formats for accounts.
enum RowFormat: String, CaseIterable {
  case jsonl, csv
  /// One document that contains a list; only for reading.
  case json
}
