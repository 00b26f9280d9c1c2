/// How long secrets are valid, from their creation.
public enum Lifetime {
  public static let invitationDays = 7
  public static let sessionHours = 24
  public static let passwordResetMinutes = 30
  public static let tokenDaysStandard = 90
  public static let tokenDaysMax = 365
  /// How long the result of a call with an idempotency key is kept.
  public static let answerHours = 24

  public static let minuteMs: Int64 = 60_000
  public static let hourMs = 60 * minuteMs
  public static let dayMs = 24 * hourMs
}
