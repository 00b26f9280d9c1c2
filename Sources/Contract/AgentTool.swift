/// What makes a method a tool of agents. Methods that carry passwords or tokens are none.
public struct AgentTool: Sendable {
  /// What a model should know besides the summary.
  public let advice: Words
  /// Whether it is of use only where mail goes out, because its answer would hold a secret otherwise.
  public let needsMail: Bool

  public init(_ advice: Words, needsMail: Bool = false) {
    self.advice = advice
    self.needsMail = needsMail
  }
}
