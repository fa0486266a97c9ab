"""A skeleton of four bones and two frames of its motion, as CMU writes them."""

__all__ = ["AMC", "ASF"]

ASF = """\
# a comment
:version 1.10
:units
  mass 1.0
  length 0.05
  angle deg
:root
   order TX TY TZ RX RY RZ
   axis XYZ
   position 0 0 0
   orientation 0 0 0
:bonedata
  begin
     id 2
     name lower
     direction 0 -2 0
     length 3
     axis 0 0 90 XYZ
    dof rx rz
    limits (-10 10)
           (-10 10)
  end
  begin
     id 1
     name upper
     direction 1 0 0
     length 2
     axis 0 0 0 XYZ
    dof rx ry rz
  end
  begin
     id 3
     name tip
     direction 0 0 1
     length 1
     axis 0 0 0 XYZ
  end
:hierarchy
  begin
    root upper
    upper lower
    lower tip
  end
"""

AMC = """\
#!OML:ASF
:FULLY-SPECIFIED
:DEGREES
7
root 1 2 3 0 0 0
lower 10 20
upper 1 2 3
8
root 1 2 4 0 0 90
lower 11 21
upper 0 0 90
"""
