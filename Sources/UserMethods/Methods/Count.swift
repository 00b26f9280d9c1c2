internal import Contract
internal import JSON
internal import Users

struct CountParams: Params {
  let filter: ListFilter

  init(_ v: inout ParamVisitor) { filter = ListFilter(&v) }
}

enum Count<Store: UserStore> {
  static var method: Method<Gate<Store>> {
    Method(
      "users.count", "Counts the users that the same filters of users.list would list.",
      access: .needs(.read), effect: .read, isIdempotent: true,
      tool: AgentTool("Disabled and blocked accounts count only if a filter asks for them."),
      result: .integer(0...Int(Int32.max)),
      examples: [MethodExample("How many work at Acme", ["org_id": "acme"], result: 2)]
    ) { (params: CountParams, store, out) throws(Failure) in
      let filter = try params.filter.resolved(for: store)
      // What is summed is no look at many.
      if !filter.isTally { try store.willLookAtMany() }
      out.write(try store.count(filter))
    }
  }
}
