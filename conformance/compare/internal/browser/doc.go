// Package browser tests the report page in headless Chromium. Its tests need the build tag
// browser. They are not in package page, whose module does not require chromedp.
package browser
