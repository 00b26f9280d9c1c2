public import Contract
public import Users

/// The catalogue of `users.*`, in the order in which the documents list it.
public enum UserMethods {
  /// The methods' descriptions, which don't depend on the kind of store.
  public static var descriptions: [MethodDescription] {
    [
      List.declaration.about,
      Count.declaration.about,
      Get.declaration.about,
      GetCurrent.declaration.about,
      Create.declaration.about,
      Update.declaration.about,
      Delete.declaration.about,
      Restore.declaration.about,
      Invite.declaration.about,
      AcceptInvitation.declaration.about,
      Authenticate.declaration.about,
      SignOut.declaration.about,
      ChangePassword.declaration.about,
      ResetPassword.declaration.about,
      CompletePasswordReset.declaration.about,
      CreateToken.declaration.about,
      ListTokens.declaration.about,
      RevokeToken.declaration.about,
      Events.declaration.about,
      Subscribe.declaration.about,
      Unsubscribe.declaration.about,
      Bulk.declaration.about,
    ]
  }

  /// The methods, in the same order.
  public static func methods<Store: UserStore>(
    on store: Store.Type = Store.self
  ) -> [Method<StoreAccessControl<Store>>] {
    let single: [Method<StoreAccessControl<Store>>] = [
      List.method(),
      Count.method(),
      Get.method(),
      GetCurrent.method(),
      Create.method(),
      Update.method(),
      Delete.method(),
      Restore.method(),
      Invite.method(),
      AcceptInvitation.method(),
      Authenticate.method(),
      SignOut.method(),
      ChangePassword.method(),
      ResetPassword.method(),
      CompletePasswordReset.method(),
      CreateToken.method(),
      ListTokens.method(),
      RevokeToken.method(),
      Events.method(),
      Subscribe.method(),
      Unsubscribe.method(),
    ]
    return single + [Bulk.method(of: single)]
  }
}
