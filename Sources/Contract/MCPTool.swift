/// Makes a method a tool of agents. Methods that carry passwords or tokens are not tools.
public struct MCPTool: Sendable {
  /// What a model should know in addition to the summary.
  public let advice: Words
  /// Whether the tool requires that mail is sent, because its result would contain a secret
  /// otherwise.
  public let needsMail: Bool

  public init(_ advice: Words, needsMail: Bool = false) {
    self.advice = advice
    self.needsMail = needsMail
  }
}
