import Contract
import Glibc
import JSON
import UserMethods
import Users

struct Export {
  private static let pageUsers = 1000

  func run<Store: UserStore>(on store: Store, _ options: Options) throws {
    let isCSV = options.format == .csv
    if isCSV {
      Terminal.write(CSVWriter.header(UserRow.describedFields.map(\.name)), to: STDOUT_FILENO)
    }
    var everybody = Filter(scope: .all)
    everybody.statuses = nil
    var query = PageQuery(filter: everybody, limit: Self.pageUsers)
    var out = ByteBuffer(capacity: 1 << 20)
    try store.beginRead()
    var hasMore = true
    while hasMore {
      var last: Position?
      hasMore = try store.page(query) { row in
        last = Position(of: row, by: .createdAt)
        out.write(row, .all, isCurrent: false)
        out.append(0x0A)
      }
      if isCSV { try writeRows(out.bytes) } else { Terminal.write(out.bytes, to: STDOUT_FILENO) }
      out.truncate(to: 0)
      query.after = last
    }
    try store.end()
  }

  private func writeRows(_ lines: UnsafeBufferPointer<UInt8>) throws {
    var parser = JSONParser()
    for line in lines.split(separator: 0x0A) {
      let record = try parser.parse(UnsafeBufferPointer(rebasing: line))
      Terminal.write(CSVWriter.row(record), to: STDOUT_FILENO)
    }
  }
}
