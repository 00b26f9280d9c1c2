internal import Contract
internal import Users

/// For how many days a token is good.
struct TokenDays: WholeNumber {
  static let range = 1...Lifetime.tokenDaysMax
  static let standard = TokenDays(unchecked: Lifetime.tokenDaysStandard)
  let value: Int

  init(unchecked value: Int) { self.value = value }
}
