import UserMethods
import Users

enum ImportCommand: Subcommand {
  static let description = CommandDescription(
    "Bring accounts from a JSONL or CSV file into a store.",
    forms: [
      CommandForm(
        nil,
        Operand(
          "FILE", .file,
          """
          one account a line, with the members that users.create takes; - for standard input. Exports \
          of Roster come back as they were
          """))
    ],
    paragraphs: [
      """
      Accounts that are there already are skipped, so an import can be run again. A bad line \
      is reported with its number and left out; all others are kept, and the exit status is 1.
      """
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    let path = options.operands[0]
    try options.withStore(
      store, .bringIn(Import(source: try RowSource(path: path, format: options.format))))
  }
}
