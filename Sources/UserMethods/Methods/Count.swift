internal import Contract
internal import JSON
internal import Users

enum Count {
  static func method<Store: UserStore>() -> Method<StoreAccessControl<Store>> {
    Method(declaration) { (params: CountParams, store, out) throws(Failure) in
      let filter = try params.filter.resolved(for: store)
      // A filter that stored counts answer needs no scan.
      if !filter.isAnsweredByCounts { try store.willLookAtMany() }
      out.write(try store.count(filter))
    }
  }
}

struct CountParams: Params {
  let filter: ListFilter

  init(_ v: inout ParamVisitor) { filter = ListFilter(&v) }
}

extension Count {
  static let declaration = Declaration(
    CountParams.self,
    "users.count", "Counts the users that \(method: "users.list") would list.",
    access: .needs(.read), effect: .read, isIdempotent: true,
    tool: MCPTool("Disabled and blocked accounts count only if a filter asks for them."),
    result: .integer(0...Int(Int32.max)),
    examples: [MethodExample("Counts the people at Acme", ["org_id": "acme"], result: 2)])
}
