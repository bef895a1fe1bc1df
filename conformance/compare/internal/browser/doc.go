// Package browser tests the report page in headless Chromium, with the build
// tag browser: package page itself is in a module that requires no browser.
package browser
