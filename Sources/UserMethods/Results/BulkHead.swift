internal import Contract

/// What stands before the results of a bulk.
struct BulkHead: ResultShape {
  let isCommitted: Bool

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.field("committed", isCommitted, "Whether what succeeded was kept.")
  }

  static var sample: BulkHead { BulkHead(isCommitted: true) }
}
