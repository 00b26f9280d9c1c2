internal import Contract

/// The fields before the results of a bulk.
struct BulkHead: ResultSchema {
  let isCommitted: Bool

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.field("committed", isCommitted, "Whether the operations that succeeded were committed.")
  }

  static var sample: BulkHead { BulkHead(isCommitted: true) }
}
