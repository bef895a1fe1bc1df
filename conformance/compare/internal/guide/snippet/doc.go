// Package snippet holds the Go code of the documentation that is no Example of
// the package that it is about: what services have before they migrate, and
// what needs more than one module. It is compiled, not run.
package snippet
