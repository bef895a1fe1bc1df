// Package settings resolves the environment, the options and a configuration file into
// one value, and describes it. For every invalid value, it reports an error that says
// what would be valid.
//
// The result is plain data: nothing is connected, and no provider is built. The package
// imports the SDK's types, package core/declared for the content of a configuration file,
// and sanitize.
package settings
