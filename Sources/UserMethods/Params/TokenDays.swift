internal import Contract
internal import Users

/// The lifetime of a token, in days.
struct TokenDays: IntegerParam {
  static let range = 1...Lifetime.tokenDaysMax
  static let standard = TokenDays(unchecked: Lifetime.tokenDaysStandard)
  let value: Int

  init(unchecked value: Int) { self.value = value }
}
