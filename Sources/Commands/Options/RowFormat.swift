/// How accounts are written down as text.
enum RowFormat: String, CaseIterable {
  case jsonl, csv
}
