internal import Contract

/// The number of items on a page.
struct Limit: IntegerParam {
  static let range = 1...1000
  static var schema: Schema { .integer(range, forAgents: 1...agentsMax) }
  private static let standard = Limit(unchecked: 50)
  /// Models read slowly, and read everything that they get.
  private static let standardForAgents = Limit(unchecked: 20)
  private static let agentsMax = 200
  let value: Int

  init(unchecked value: Int) { self.value = value }

  /// The requested limit, or the default; agents get at most `agentsMax`.
  static func applied<Store>(_ asked: Limit?, for store: ScopedStore<Store>) -> Int {
    let isForAgent = store.request.audience == .agent
    let count = (asked ?? (isForAgent ? standardForAgents : standard)).value
    return isForAgent ? min(count, agentsMax) : count
  }
}
