/// Parses yes or no as spreadsheets and databases write it.
enum FlagWord {
  static func read(_ text: String) -> Bool? {
    switch ColumnName.key(text) {
    case "true", "yes", "1", "t", "y", "on": true
    case "false", "no", "0", "f", "n", "off": false
    default: nil
    }
  }
}
