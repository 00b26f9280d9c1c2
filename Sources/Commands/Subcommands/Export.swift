import Contract
import Glibc
import JSON
import UserMethods
import Users

struct Export {
  private static let pageUsers = 1000

  func run<Store: UserStore>(on store: Store, _ options: Options) throws {
    let writer = options.format == .csv ? CSVWriter(form: options.exportForm) : nil
    if options.exportForm.hasMark { Terminal.write("\u{FEFF}", to: STDOUT_FILENO) }
    if let writer {
      Terminal.say(writer.line(UserView.describedFields.map(\.name)))
    }
    var everybody = Filter(scope: .all)
    everybody.statuses = nil
    if options.exportForm.hasDeleted { everybody.statuses = Set(UserStatus.allCases) }
    var query = PageQuery(filter: everybody, limit: Self.pageUsers)
    var out = ByteBuffer(capacity: 1 << 20)
    try store.beginSteadyRead()
    var hasMore = true
    while hasMore {
      var last: Position?
      hasMore = try store.page(query) { row in
        last = Position(of: row, by: .createdAt)
        out.write(row, .all, isCurrent: false)
        out.append(0x0A)
      }
      if let writer {
        try write(out.bytes, by: writer)
      } else {
        Terminal.write(out.bytes, to: STDOUT_FILENO)
      }
      out.truncate(to: 0)
      query.after = last
    }
    let left = try leftOut(of: store, options)
    try store.commit()
    Terminal.complain(left)
  }

  private func write(_ lines: UnsafeBufferPointer<UInt8>, by writer: CSVWriter) throws {
    var parser = JSONParser()
    for line in lines.split(separator: 0x0A) {
      let record = try parser.parse(UnsafeBufferPointer(rebasing: line))
      Terminal.say(writer.line(of: record))
    }
  }

  /// A note on data of the store that an export does not contain.
  private func leftOut<Store: UserStore>(
    of store: Store, _ options: Options
  ) throws -> Notice {
    var deleted = Filter(scope: .all)
    deleted.statuses = [.deleted]
    let count = options.exportForm.hasDeleted ? 0 : try store.count(deleted)
    let accounts: Notice =
      count == 0 ? "" : " Soft-deleted accounts left out: \(count); --deleted includes them."
    return """
      roster: an export contains accounts, but no passwords, tokens, invitations, events or \
      policy; roster backup copies everything, and roster copy from a database server.
      """ + accounts
  }
}
