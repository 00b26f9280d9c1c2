internal import Contract

/// How many users a page holds.
struct Limit: WholeNumber {
  static let range = 1...1000
  static var shape: Shape { .integer(range, forAgents: 1...agentsMax) }
  private static let standard = Limit(unchecked: 50)
  /// Models read slowly, and all of what they are told.
  private static let standardForAgents = Limit(unchecked: 20)
  private static let agentsMax = 200
  let value: Int

  init(unchecked value: Int) { self.value = value }

  /// What is asked for, or what is usual, as far as who asks gets so much.
  static func applied<Store>(_ asked: Limit?, for store: ScopedStore<Store>) -> Int {
    let isForAgent = store.request.audience == .agent
    let count = (asked ?? (isForAgent ? standardForAgents : standard)).value
    return isForAgent ? min(count, agentsMax) : count
  }
}
