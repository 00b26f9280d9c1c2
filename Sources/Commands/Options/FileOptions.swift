import Contract
import UserMethods
import Users

extension Option {
  /// Options for imports and exports.
  static let files = reading + choosing + writing

  /// Options for reading a file.
  private static let reading = [
    Option(
      "--format", takes: "csv|jsonl|json", .words { RowFormat.allCases.map(\.rawValue) },
      of: [.import], "the format (default: recognized by content)",
      details: """
        In jsonl each line is a JSON object; json is one document with a list of them. In csv the first \
        row names the columns, a list has semicolons between its entries, or is JSON, and an empty cell \
        is absent.
        """
    ) { $0.format = RowFormat(rawValue: $1) },
    Option(
      "--encoding", takes: "NAME", .text, of: [.import],
      "encoding of the file, such as windows-1252 or shift_jis (default: UTF-8)",
      details: """
        The machine's iconv converts it; iconv -l lists the names. A file with a byte order mark \
        needs no option.
        """
    ) { $0.input.encoding = try encoding($1) },
    Option(
      "--at", takes: "/PATH", .text, of: [.import],
      "JSON pointer to the list, such as /result/users",
      details: """
        Without it, Roster finds a list at the top, or one named users, Users or Resources.
        """
    ) { $0.input.pointer = $1 },
    Option(
      "--map", takes: "COLUMN=TEMPLATE", .text, of: [.import],
      "fills a column: 'name={First Name} {Last Name}'",
      details: """
        Put the file's columns in braces. {/emails/0/value} takes a value out of a column of JSON, \
        and {/emails/primary=true/value} looks up an entry. Repeat the option for a column to give \
        fallbacks: the first that is not empty is used. metadata.NAME is a field of the metadata; \
        a column that is mapped there is not also imported under its own name.
        """
    ) { try $0.input.mapping.addMap($1) },
    Option(
      "--set", takes: "COLUMN=VALUE", .text, of: [.import], "fills a column of every row",
      details: "Without a VALUE the column is left empty, whatever the file says."
    ) { try $0.input.mapping.addSet($1) },
    Option(
      "--ignore-unknown", of: [.import], "ignore columns that an account does not have",
      details:
        "Prints the ignored columns. Without it, unknown columns are an error and nothing is imported."
    ) { $0.input.mapping.ignoresUnknown = true },
  ]

  /// Options for the handling of rows.
  private static let choosing = [
    Option(
      "--if-exists", takes: "skip|update|error", choices, of: [.import],
      "what to do with accounts that exist already (default: skip)",
      details: """
        update changes them by the non-empty columns of the row; error counts such rows as bad; \
        return is the same as skip. A row's own if_exists takes precedence.
        """
    ) { $0.imports.ifExists = ImportChoice(rawValue: $1) ?? .skip },
    Option(
      "--invite", of: [.import], "import people as invited, with an invitation for each",
      details: """
        Needs --mail, which sends the invitations, or --report, which saves them. Accounts that \
        sign in elsewhere, have no email or are disabled get no invitation.
        """
    ) { $0.imports.invites = true },
    Option(
      "--dry-run", of: [.import], "run the import on a copy, and keep nothing",
      details: """
        It imports into a temporary copy beside the store, so counts and messages are those of the \
        real import. No email is sent.
        """
    ) { $0.imports.isDryRun = true },
    Option(
      "--report", takes: "FILE", .file, of: [.import],
      "write the skipped and failed rows, with reasons, to FILE",
      details: """
        A new file of JSON lines, which only its owner can read: it holds the invitations that are not \
        mailed.
        """
    ) {
      if $1 == "-" { throw UsageError("--report needs a file name, not -") }
      $0.reportPath = try Launch.path($1)
    },
  ]

  /// Options for writing a file, and for reading it back.
  private static let writing = [
    Option(
      "--deleted", of: [.import, .export], "include soft-deleted accounts",
      details: "Without it, an import only counts them, and an export leaves them out."
    ) {
      $0.imports.takesDeleted = true
      $0.exportForm.hasDeleted = true
    },
    Option(
      "--format", takes: "jsonl|csv", .words { ["jsonl", "csv"] }, of: [.export],
      "the format (jsonl)", details: "roster import takes both."
    ) { $0.format = RowFormat(rawValue: $1) },
    Option(
      "--delimiter", takes: "MARK", .text, of: [.import, .export],
      "delimiter of CSV cells: a character, or tab (default: comma)",
      details: "An import recognizes commas, semicolons and tabs."
    ) {
      $0.input.delimiter = try delimiter($1)
      $0.exportForm.delimiter = $0.input.delimiter ?? $0.exportForm.delimiter
    },
    Option(
      "--plain", of: [.import, .export], "write or read CSV cells unchanged",
      details: """
        Otherwise an export puts a ' before cells that a spreadsheet would run, such as =1+1, and an import \
        takes it off.
        """
    ) {
      $0.input.isPlain = true
      $0.exportForm.isPlain = true
    },
    Option(
      "--bom", of: [.export], "begin with a byte order mark, which Excel needs",
      details: "An import ignores it."
    ) { $0.exportForm.hasMark = true },
  ]

  private static let choices = Values.words { ["skip", "update", "error", "return"] }

  private static func encoding(_ value: String) throws -> String? {
    if ["utf-8", "utf8"].contains(value.lowercased()) { return nil }
    if Iconv.isName(value) { return value }
    throw UsageError("--encoding needs a name that iconv -l lists, not \(value)")
  }

  private static func delimiter(_ value: String) throws -> UInt8 {
    if value == "tab" || value == "\\t" { return 0x09 }
    guard value.utf8.count == 1, let byte = value.utf8.first, (0x20..<0x7F).contains(byte),
      !byte.isASCIIAlphanumeric, byte != UInt8(ascii: "\""), byte != SpreadsheetText.mark
    else {
      throw UsageError(
        "--delimiter needs one character, such as ; or tab, but no letter, digit or quote: not \(value)"
      )
    }
    return byte
  }
}
