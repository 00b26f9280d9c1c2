public import JSON

/// A person's answer to a question.
public enum PersonsAnswer: Sendable {
  case yes, no
  /// The person was not asked, or neither accepted nor declined.
  case none

  /// `result` is the client's response; nil for an error.
  public init(_ result: JSONValue?) {
    guard let result, result.ownDuplicate() == nil, let action = result.field("action") else {
      self = .none
      return
    }
    self = action.equals("accept") ? .yes : action.equals("decline") ? .no : .none
  }
}
