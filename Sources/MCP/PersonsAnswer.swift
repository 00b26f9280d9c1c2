public import JSON

/// What came of asking a person.
public enum PersonsAnswer: Sendable {
  case yes, no
  /// They were not asked, or said neither.
  case none

  /// `result` is what the client answers; nil for an error.
  public init(_ result: JSONValue?) {
    guard let result, result.ownDuplicate() == nil, let action = result.member("action") else {
      self = .none
      return
    }
    self = action.equals("accept") ? .yes : action.equals("decline") ? .no : .none
  }
}
