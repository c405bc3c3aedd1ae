℘ = ﬁ = 'ok'; print(fi)
