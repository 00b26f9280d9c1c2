import Contract
import UserMethods
import Users

enum ImportCommand: Subcommand {
  static let description = CommandDescription(
    "Import accounts from a CSV or JSON file.",
    forms: [
      CommandForm(
        nil,
        Operand(
          "FILE", .file,
          """
          CSV, JSONL, or a JSON document with a list, of the columns that users.create takes; - for \
          standard input. Exports of Roster come back as they were
          """))
    ],
    paragraphs: [
      """
      What the file is shows by itself, whatever it is called. Columns go by their names, in any case; \
      for those of other directories there are --map and --set, and examples/import has a line for \
      each of the usual ones.
      """,
      """
      Existing accounts are skipped, so an import can be run again. A bad row is reported with its \
      line and left out; all others are imported, and the exit status is 1.
      """,
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    _ = try options.keptPlace(
      else: "an import into memory would be lost at once: use --store file:PATH")
    if options.imports.invites, !options.imports.isDryRun, options.mail == "none",
      options.reportPath == nil
    {
      throw UsageError(
        """
        --invite creates a secret for each person: send it with --mail KIND, or save it with \
        --report FILE
        """)
    }
    if options.imports.isDryRun, options.policyPath != nil {
      throw UsageError(
        "--dry-run keeps nothing, and no policy: set it first with roster policy set")
    }
    let secrets = options.input.mapping.secrets
    if !secrets.isEmpty {
      Terminal.complain(
        """
        roster: warning: --map copies \(secrets.joined(separator: ", ")) to where everybody reads it who \
        reads accounts; nobody signs in by it here
        """)
    }
    let source = try RowSource(path: try Launch.path(options.operands[0]), form: options.input)
    try options.withStore(store, .bringIn(Import(source: source)))
  }
}
