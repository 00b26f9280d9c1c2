internal import Contract
internal import JSON
internal import Users

/// The fields after the users of a page.
struct PageEnd: ResultSchema {
  var hasMore = false
  var nextCursor: String?
  var limit = 0
  var offset: Int?
  var total: Int?

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.field("has_more", hasMore, "Whether another page follows.")
    v.field("next_cursor", nextCursor, "Pass it as cursor to get that page.")
    v.field("limit", limit, "The limit that was applied.")
    v.optional("offset", offset, "The offset that was applied.")
    v.optional("total", total, "How many users match, on all pages.")
  }

  static var sample: PageEnd { PageEnd() }
}

extension PageEnd {
  /// The example result: a page with one user.
  func following(_ user: User) -> ExampleValue {
    let record: ExampleValue = [
      "id": ExampleValue(user.id), "name": ExampleValue(user.name),
      "status": ExampleValue(user.flags.status),
    ]
    return .object { out in
      out.field("users")
      out.append(text: "[\(record.json)]")
      fields(&out)
    }
  }
}
