module github.com/samespan/samespan/core/exclude

go 1.25.0
