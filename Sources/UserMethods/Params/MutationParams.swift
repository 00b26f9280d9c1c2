internal import Contract
internal import Users

/// Params of a method that changes something.
protocol MutationParams: Params {
  var options: MutationOptions { get }
}
