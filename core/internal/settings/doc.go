// Package settings resolves the environment, the options and a configuration file
// into one value, and says what that value is. It finds every problem of a
// variable, and what would be right.
//
// The value is plain: nothing is connected, and no provider is built. It imports
// the SDK's types, package declared, which is what a file says, and sanitize.
package settings
