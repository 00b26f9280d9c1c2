internal import Contract
internal import JSON
internal import Secrets
internal import Users

enum List {
  static func method<Store: UserStore>() -> Method<StoreAccessControl<Store>> {
    Method(declaration) { (params: ListParams, store, out) throws(Failure) in
      try run(params, store, &out)
    }
  }

  static func run<Store: UserStore>(
    _ params: ListParams, _ store: ScopedStore<Store>, _ out: inout ByteBuffer
  ) throws(Failure) {
    try store.willLookAtMany()
    var query = PageQuery(
      filter: try params.filter.resolved(for: store), sort: params.sort, order: params.order,
      offset: params.offset?.value ?? 0, limit: Limit.applied(params.limit, for: store))
    let caller = try store.caller().id
    if let cursor = params.cursor {
      query.after = try position(of: cursor, query, store)
    }
    try page.write(NoFields(), into: &out) { (out) throws(Failure) in
      let fields = params.fields ?? .standard(for: store)
      var end = PageEnd(limit: query.limit, offset: params.offset?.value)
      if let last = try writeUsers(query, fields, caller, store, &out) {
        end.hasMore = true
        query.after = nil
        end.nextCursor = Cursor(last, for: query, caller: caller, key: try key(store)).text
      }
      if params.includeTotal ?? (params.cursor == nil) {
        end.total = try store.count(query.filter)
      }
      return end
    }
  }

  /// Writes the rows; returns the position of the last one if more follow.
  private static func writeUsers<Store: UserStore>(
    _ query: PageQuery, _ fields: Projection, _ caller: UserID, _ store: ScopedStore<Store>,
    _ out: inout ByteBuffer
  ) throws(Failure) -> Position? {
    var last: Position?
    var count = 0
    let start = out.count
    let hasMore = try store.page(query) { row in
      // The rest of a reply that is too long to send is not written.
      if out.count - start > store.request.replyBytesMax { return }
      out.element()
      out.write(row, fields, isCurrent: row.id == caller)
      count += 1
      if count == query.limit { last = Position(of: row, by: query.sort) }
    }
    return hasMore ? last : nil
  }

  private static func position<Store: UserStore>(
    of cursor: Cursor, _ query: PageQuery, _ store: ScopedStore<Store>
  ) throws(Failure) -> Position {
    do {
      return try cursor.position(for: query, caller: store.caller().id, key: key(store))
    } catch let mismatch as InvalidValue {
      throw .invalidParams([.init("/cursor", mismatch.message)])
    } catch let failure as Failure {
      throw failure
    } catch {
      throw .internalError
    }
  }

  private static func key<Store: UserStore>(_ store: ScopedStore<Store>) throws(Failure)
    -> SigningKey
  {
    guard let key = SigningKey(try store.cursorKey()) else { throw .internalError }
    return key
  }
}

struct ListParams: Params {
  let filter: ListFilter
  let sort: SortKey
  let order: SortOrder
  let limit: Limit?
  let cursor: Cursor?
  let offset: Offset?
  let fields: Projection?
  let includeTotal: Bool?

  init(_ v: inout ParamVisitor) {
    filter = ListFilter(&v)
    sort = v.optional("sort_by", "Sort key (created_at).") ?? .createdAt
    order = v.optional("sort_order", "Ascending or descending (asc).") ?? .ascending
    limit = v.optional("limit", "Users per page (50; for tools 20).")
    cursor = v.optional(
      "cursor", "next_cursor of the page before.")
    offset = v.optional("offset", "Users to skip; not with a cursor.")
    fields = v.optional("fields", "Only these fields (all; for tools a few).")
    includeTotal = v.optional("include_total", "Count all matches (only without a cursor).")
    if cursor != nil, offset != nil {
      v.report("/offset", "can't be given with a cursor")
      v.report("/cursor", "can't be given with an offset")
    }
  }
}

extension List {
  private static let page = StreamedList(
    "users", "The users of this page.", of: .named("PartialUser"), before: NoFields.self,
    after: PageEnd.self)

  static let declaration = Declaration(
    ListParams.self,
    "users.list", "Lists users, page by page.", access: .needs(.read), effect: .read,
    isIdempotent: true,
    tool: MCPTool(
      "While has_more is true, go on with next_cursor as cursor."),
    result: page.schema,
    examples: [
      MethodExample(
        "The first page of an organization",
        ["org_id": "acme", "sort_by": "name", "limit": 1, "fields": ["id", "name", "status"]],
        result: PageEnd(hasMore: true, nextCursor: ExampleData.cursor, limit: 1, total: 2)
          .following(ExampleData.bo)),
      MethodExample(
        "The next page",
        [
          "org_id": "acme", "sort_by": "name", "limit": 1,
          "cursor": ExampleValue(ExampleData.cursor),
          "fields": ["id", "name", "status"],
        ],
        result: PageEnd(limit: 1).following(ExampleData.mara)),
    ])
}
