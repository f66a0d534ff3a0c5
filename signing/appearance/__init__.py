"""The visible mark of a signature: a profile in millimetres, laid out with our own small font.

``profile`` says what a mark is, ``mark`` lays it out in a box of its own, ``placing`` finds its
place on a page, ``ground`` looks at what is printed there, ``images`` checks signatures and seals,
``objects`` makes PDF objects of it and ``preview`` draws it before anything is signed. Nothing
here knows the signing engine, which takes the same objects.
"""
