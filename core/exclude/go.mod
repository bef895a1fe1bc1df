module github.com/samespan/samespan/core/exclude

go 1.26.0
