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
      Roster recognizes the format by the content. It matches columns by name, in any case; --map \
      and --set adapt those of other directories, and examples/import has a command for each \
      common one.
      """,
      """
      Existing accounts are skipped, so an import can be run again. A bad row is reported with \
      its line and left out. All other rows are imported, and the exit \
      status is 1.
      """,
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    _ = try options.keptLocation(
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
        roster: warning: --map copies \(secrets.joined(separator: ", ")) to a field that every \
        reader of the account sees; it can't be used to sign in
        """)
    }
    let source = try RowSource(path: try Launch.path(options.operands[0]), form: options.input)
    try options.withStore(store, .bringIn(Import(source: source)))
  }
}
