extension Option {
  /// Accounts as text.
  static let files = [
    Option(
      "--format", takes: "jsonl|csv", formats, of: [.import],
      "the format; by the file's name unless given",
      details: """
        In jsonl each line is a JSON object. In csv the first row names the members; a list has semicolons \
        between its entries, or is JSON, and an empty cell is absent.
        """
    ) { $0.format = RowFormat(rawValue: $1) },
    Option(
      "--format", takes: "jsonl|csv", formats, of: [.export], "the format (jsonl)",
      details: "roster import takes both."
    ) { $0.format = RowFormat(rawValue: $1) },
  ]

  private static let formats = Values.words { RowFormat.allCases.map(\.rawValue) }
}
