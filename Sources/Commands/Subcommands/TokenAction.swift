import UserMethods
import Users

enum TokenAction: String { case create, list, rotate, revoke }
