internal import Contract
internal import Users

/// What to do when the email is taken.
enum IfExists: String, EnumParam {
  case error, `return`, update

  static var placeholder: IfExists { .error }
}
