internal import Contract

/// One page of a list.
public struct PageQuery {
  public var filter: Filter
  public var sort: SortKey
  public var order: SortOrder
  /// The page starts after this position.
  public var after: Position?
  public var offset: Int
  public var limit: Int

  public init(
    filter: Filter, sort: SortKey = .createdAt, order: SortOrder = .ascending,
    after: Position? = nil, offset: Int = 0, limit: Int
  ) {
    self.filter = filter
    self.sort = sort
    self.order = order
    self.after = after
    self.offset = offset
    self.limit = limit
  }
}
